import numpy as np
import pytest

from placement.layout_file import doubts, layout_from_csv
from recon import FootGrid, Layout, Sensor


@pytest.mark.parametrize(
    "text",
    [
        "x_mm,y_mm\n40,130\n",
        "U; V\n0.5; 0.4\n",
        " u , v \n\n0.5,0.4\n",
        "\nu\tv\tnote\n0.5\t0.4\tnear, but off, the ball; see 2\n",
        "u,v,note\n0.5,0.4,heel; lateral\n",
        "u,v,x_mm,y_mm\n,,40,130\n",
        "u,v,x_mm,y_mm\n0.5,0.4,40.0,130.1\n",
    ],
)
def test_layouts_written_by_hand_are_read(text: str) -> None:
    """In mm on the 260 x 100 mm reference foot, with spaces, or as a spreadsheet exports them."""
    assert layout_from_csv(text, None, "mine.csv", FootGrid()) == Layout(((0.5, 0.4),))


@pytest.mark.parametrize(
    ("text", "name", "complaint"),
    [
        ("x,y\n1,2\n", None, "columns u and v"),
        ("", None, "columns u and v"),
        ("layout,u,v\n1a,0.1,0.2\n2a,0.3,0.4\n", None, "pick one with --id"),
        ("layout,u,v\n1a,0.1,0.2\n", "9z", "no layout '9z'"),
        ("u,v\n0.1,abc\n", None, "abc"),
        pytest.param("u,v\n" + "1" * 200_000, None, "f.csv: no CSV, line 2", id="a huge cell"),
        ("u,v\n", None, "at least one site"),
        ("u,v\n0.1\n", None, "f.csv"),
        ("x_mm,y_mm\n140,130\n", None, r"row 1: \(140, 130\) mm is off the foot"),
        ("x_mm;y_mm\n38,5;31\n", None, "row 1: x_mm must be a number, with a decimal point"),
        ("u,v,sensor_mm\n0.1,0.2,8\n0.5,0.2,9\n", None, "of one size, found 8 and 9"),
        ("u,v,sensor_mm\n0.1,0.2,big\n", None, "row 1: sensor_mm must be a number"),
        ("u,v,sensor_mm\n0.1,0.2,0\n", None, "f.csv: sensor_mm: diameter_mm must lie in"),
        ("u,v\n0.1,0.2\n", "2a", "no column 'layout'"),
        ("u,v,x_mm,y_mm\n0.5,0.4,40,130\n0.6,0.4,90,90\n", None, "row 2: u, v are the place"),
    ],
)
def test_bad_layout_files_are_explained(text: str, name: str | None, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        layout_from_csv(text, name, "f.csv", FootGrid())


def test_sensors_are_as_large_as_the_file_says() -> None:
    text, grid = "layout,u,v,sensor_mm\n2a,0.3,0.4,14\n2a,0.6,0.4,\n2b,0.3,0.4,9\n", FootGrid()
    assert layout_from_csv(text, "2a", "f.csv", grid).sensor == Sensor(14)
    assert layout_from_csv(text, "2b", "f.csv", grid).sensor == Sensor(9)
    assert layout_from_csv(text, "2a", "f.csv", grid, 7).sensor == Sensor(7)


def test_what_cannot_be_built_is_told() -> None:
    grid = FootGrid()
    outline = np.zeros(grid.shape, bool)
    outline[3:-3, 3:-3] = True
    fine = Layout(((0.2, 0.5), (0.7, 0.3)))
    assert doubts(fine, outline, grid) == []
    assert doubts(Layout(((0.5, 0.5),)), outline, grid) == []
    close = Layout(((0.2, 0.5), (0.22, 0.5), (0.21, 0.52), (0.5, -0.05)))
    beside, overlap = doubts(close, outline, grid)
    assert "(-5, 130) mm" in beside
    assert "3.3 mm apart; 2 more pairs" in overlap
    shrunk = Layout(tuple(map(tuple, grid.uv_from_mm([(3.8, 3.1), (5.8, 18.0)]))))
    assert doubts(shrunk, outline, grid)[0].endswith("were centimetres given?")


@pytest.mark.parametrize("text", ["x_mm,y_mm\n38,5,31,0\n", "x_mm,y_mm\n38,31,7\n"])
def test_a_row_of_more_values_than_columns_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"row 1 has \d values for 2 columns: a decimal comma"):
        layout_from_csv(text, None, "mine.csv", FootGrid())


def test_empty_cells_at_the_end_of_a_row_do_not_matter() -> None:
    layout = layout_from_csv("x_mm,y_mm\n38,31,,\n", None, "mine.csv", FootGrid())
    assert len(layout) == 1


def test_a_sensor_of_no_size_is_refused_by_the_name_of_its_column() -> None:
    with pytest.raises(ValueError, match=r"sensor_mm: .* got -4"):
        layout_from_csv("x_mm,y_mm,sensor_mm\n38,31,-4\n", None, "mine.csv", FootGrid())


def test_the_same_place_twice_is_told_by_rows() -> None:
    with pytest.raises(ValueError, match="rows 1 and 3 are the same place"):
        layout_from_csv("x_mm,y_mm\n38,31\n50,60\n38,31\n", None, "mine.csv", FootGrid())

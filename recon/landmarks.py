"""The published landmark positions of Wang et al. (J Biomech 2026), in foot coordinates.

Their pixel positions on a 26 cm insole were laid on the mean footprint of ten people by a
similarity transform, since the insole is wider and longer than the contact footprint.
"""

from recon.layout import Layout

LANDMARKS: dict[str, tuple[float, float]] = {
    "lesser toes": (0.894, 0.534),
    "second-third metatarsal (distal)": (0.775, 0.448),
    "third-fourth metatarsal head": (0.687, 0.584),
    "fifth metatarsal head": (0.638, 0.784),
    "lateral midfoot (distal)": (0.521, 0.646),
    "lateral midfoot (proximal)": (0.379, 0.607),
    "lateral heel (distal)": (0.196, 0.557),
    "lateral heel (proximal)": (0.055, 0.518),
    "hallux": (0.869, 0.154),
    "first metatarsal head": (0.704, 0.163),
    "second metatarsal head": (0.714, 0.432),
    "second metatarsal (proximal)": (0.653, 0.415),
    "medial midfoot": (0.387, 0.396),
    "medial heel (distal)": (0.209, 0.241),
    "central heel": (0.122, 0.377),
    "medial heel (proximal)": (0.067, 0.202),
}

PUBLISHED: dict[str, Layout] = {
    "published 2": Layout((LANDMARKS["central heel"], LANDMARKS["third-fourth metatarsal head"])),
    "published 16": Layout(tuple(LANDMARKS.values())),
}

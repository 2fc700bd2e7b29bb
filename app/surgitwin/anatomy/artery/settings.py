"""Numbers that steer the measuring of an artery, in one place. Those without a source are settings of this
program, fixed for all images; the accuracy tests run with them.
"""

from __future__ import annotations

import math

SOFT_TISSUE_HU = 50.0
"""Vessel wall and muscle (dimensions.md C5 takes the same 50 HU as background)."""
CALCIUM_ABOVE_HU = 150.0
"""A ray that rises this far above the lumen before it falls has met calcium (vessels-from-images.md)."""
DIAGNOSTIC_HU = 250.0
"""Diagnostic limit of the lumen (dimensions.md C5, V)."""
LEAST_CONTRAST_HU = 150.0
"""Setting: below this no contrast medium is taken to be there (veins and unenhanced blood: 40 to 150)."""
METAL_HU = 2000.0
"""Setting: brighter is metal; calcium in a contrast CT stays below (C5 and measured.md know up to 1600)."""
SIGMA_PER_FWHM = 1 / math.sqrt(8 * math.log(2))
"""Standard deviation of a Gaussian over its full width at half maximum."""

STEP_MM = 0.25
"""Stations of the measured tube."""
RAYS = 64
RAY_STEP_MM = 0.1
RAY_ROOM_MM = 3.0
"""Rays reach this far beyond the largest radius expected."""
DOUBT_FWHM = 1.5
"""A throat under this multiple of the image's FWHM is not measured to a digit (vessels-from-images.md)."""
DOUBT_CALCIFIED_MM = 3.0
"""Calcified vessels up to this reference diameter are not measured to a digit (vessels-from-images.md)."""
LESION_PERCENT = 20.0
"""Setting: a narrowing of the diameter from here on is a lesion."""
EDGE_PERCENT = 10.0
"""Setting: a lesion begins and ends where the diameter is this far below the healthy one."""

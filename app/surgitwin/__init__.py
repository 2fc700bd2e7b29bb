"""SurgiTwin: plan an operation on the patient's own anatomy.

Everything inside the program is in millimetres, newtons, megapascals, seconds and tonnes, in
patient coordinates LPS (x to the patient's left, y posterior, z superior; DICOM PS3.3 C.7.6.2).
"""

__version__ = "0.1.0"

NOTICE = "Not for clinical use"
"""The mark that every report page, picture and exported file carries."""

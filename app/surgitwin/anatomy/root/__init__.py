"""The aortic root: its wall, landmarks, planes, calcium and views."""

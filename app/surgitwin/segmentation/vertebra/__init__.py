"""One vertebra from one click in its body, in CT: body, neighbours, arch, and corrections by further
clicks.
"""

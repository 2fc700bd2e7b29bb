"""Tools of the mouse: what a press, a drag or a key means in the views while one of them is chosen."""

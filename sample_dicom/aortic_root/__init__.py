"""The synthetic aortic root: a CT angiography with its truth. NOT FOR CLINICAL USE."""

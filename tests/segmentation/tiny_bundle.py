"""Makes a MONAI bundle whose net is a threshold at 300 HU; run by the Python that has MONAI and torch.

    python tiny_bundle.py FOLDER

Its inference configuration is of the usual form: orientation, spacing, sliding windows, softmax, the way back
to the voxels of the input, one label map in output_dir.
"""

import json
import sys
from pathlib import Path

import torch

CHANNELS = {"0": "background", "1": "spleen"}
META = {
    "version": "0.1.0",
    "network_data_format": {
        "inputs": {"image": {"modality": "CT", "num_channels": 1}},
        "outputs": {"pred": {"format": "segmentation", "num_channels": 2, "channel_def": CHANNELS}},
    },
}
BEFORE = [
    {"_target_": "LoadImaged", "keys": "image"},
    {"_target_": "EnsureChannelFirstd", "keys": "image"},
    {"_target_": "Orientationd", "keys": "image", "axcodes": "RAS", "labels": None},
    {"_target_": "Spacingd", "keys": "image", "pixdim": [2.0, 2.0, 2.0], "mode": "bilinear"},
    {"_target_": "EnsureTyped", "keys": "image"},
]
AFTER = [
    {"_target_": "Activationsd", "keys": "pred", "softmax": True},
    {
        "_target_": "Invertd",
        "keys": "pred",
        "transform": "@preprocessing",
        "orig_keys": "image",
        "nearest_interp": False,
        "to_tensor": True,
    },
    {"_target_": "AsDiscreted", "keys": "pred", "argmax": True},
    {"_target_": "SaveImaged", "keys": "pred", "output_dir": "@output_dir"},
]
INFERENCE = {
    "bundle_root": ".",
    "output_dir": "$@bundle_root + '/eval'",
    "dataset_dir": "data",
    "datalist": "$[]",
    "network": "$torch.jit.load(@bundle_root + '/models/model.ts')",
    "preprocessing": {"_target_": "Compose", "transforms": BEFORE},
    "dataset": {
        "_target_": "Dataset", "data": "$[{'image': i} for i in @datalist]", "transform": "@preprocessing"
    },
    "dataloader": {"_target_": "DataLoader", "dataset": "@dataset", "batch_size": 1, "num_workers": 0},
    "inferer": {"_target_": "SlidingWindowInferer", "roi_size": [32, 32, 32], "overlap": 0.25},
    "postprocessing": {"_target_": "Compose", "transforms": AFTER},
    "evaluator": {
        "_target_": "SupervisedEvaluator", "device": "$torch.device('cpu')",
        "val_data_loader": "@dataloader", "network": "@network", "inferer": "@inferer",
        "postprocessing": "@postprocessing", "amp": False,
    },
    "run": ["$@evaluator.run()"],
}  # fmt: skip


class Threshold(torch.nn.Module):
    """Two channels whose larger one is 1 from 300 HU up."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Scores of background and segment."""
        return torch.cat([torch.zeros_like(x), (x - 300.0) / 20.0], 1)


def main() -> None:
    root = Path(sys.argv[1])
    for name in ("configs", "models"):
        (root / name).mkdir(parents=True)
    torch.jit.script(Threshold()).save(str(root / "models" / "model.ts"))
    (root / "configs" / "metadata.json").write_text(json.dumps(META))
    (root / "configs" / "inference.json").write_text(json.dumps(INFERENCE))


main()

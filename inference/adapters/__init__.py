"""Engines that are not built in: registered versions, ONNX, nnU-Net v2, TotalSegmentator, commands."""

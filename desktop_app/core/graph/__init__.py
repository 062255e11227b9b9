"""ONNX to ONNX: the graph work that makes a classifier show its inside."""

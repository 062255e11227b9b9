"""Everything the program computes. No Qt and no torch: usable from a notebook."""

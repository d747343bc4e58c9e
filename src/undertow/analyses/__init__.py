"""The questions, one module (or package) each."""

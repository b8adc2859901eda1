"""SIRENs: what they are, how they are fitted, and what their outputs mean."""

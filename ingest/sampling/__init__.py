"""From a geometry to true values of its field: the common frame, the sign, the places to ask."""

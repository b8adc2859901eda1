"""Training of models: the base of each field, then the encoder and the implicit decoder."""

"""What a shape is: heads that name it, probabilities that mean what they say, and labels that they propose."""

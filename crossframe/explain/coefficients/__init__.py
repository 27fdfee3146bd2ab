"""Tables of coefficients: read from text, and the objective on a user's rows that gives them."""

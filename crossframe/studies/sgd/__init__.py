"""Study ``sgd``: where gradient descent ends, by learning rate and batch size, and where it must end."""

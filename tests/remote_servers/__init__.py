"""What the tests with other people's servers need to start them."""

"""Who says the same words: families of posts that say nearly the same thing."""

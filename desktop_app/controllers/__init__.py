"""The window's intentions, one module per area beyond models, pictures, layers and channels.

Each is built on the conversation: its methods are what a person wants, and become a transition,
a request, or both; it takes the replies to its own requests.
"""

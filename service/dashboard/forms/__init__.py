"""Forms and the inputs they are made of, with the server's errors beside their fields."""

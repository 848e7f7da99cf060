"""What the platform says about itself: meta data and health."""

"""What is sold: products made ready, checked, published to shops, kept in line with them."""

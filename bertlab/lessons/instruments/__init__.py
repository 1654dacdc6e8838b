"""What single lessons hold in their hands: small tools and widgets that belong to no other place."""

"""What the models are made with: names, frozen values, enums, unions and results."""

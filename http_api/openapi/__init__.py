"""The published description of both dialects: OpenAPI 3.1, made of the models that check and make the bodies."""

"""Made-up labelled documents: many layouts, six languages, schemas that call things otherwise than the page."""

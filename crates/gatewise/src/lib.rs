//! Recurrent sequence models.

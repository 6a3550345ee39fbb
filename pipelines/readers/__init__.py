"""Readers: one module per kind of source, each giving the same thing, a `Raw` table that nothing was done to yet."""

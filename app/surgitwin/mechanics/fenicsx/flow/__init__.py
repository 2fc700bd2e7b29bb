"""Navier-Stokes in DOLFINx: steady and pulsatile flow of `mechanics.flow` problems."""

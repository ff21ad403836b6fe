"""The experiment: protocol, design, flow and the event record."""

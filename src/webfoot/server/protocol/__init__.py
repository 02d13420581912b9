"""What the wire protocols share: one event vocabulary, faults that name a culprit, and the faces between the parts."""

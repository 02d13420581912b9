"""Floor 4, clients that drive an application in process."""

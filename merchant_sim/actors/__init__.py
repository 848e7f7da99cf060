"""Who acts on a platform: officers at their desks, the crowd with its phones, the tills. Only through the contract."""

"""Kill trials: a part of the platform dies, stalls or forgets at the peak, and nothing acknowledged may be lost."""

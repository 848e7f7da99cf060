"""Operations of the contract as generators that do no I/O (see ``protocol``)."""

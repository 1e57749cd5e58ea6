-- Locked to the end of the transaction: commands of one unit do not overlap, whichever process runs them.
SELECT pos, hash FROM unit_head WHERE home_unit = ?1 FOR UPDATE

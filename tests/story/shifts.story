# A shift: opened with a float, carries the sums of its sales, closed with a count.

product PHONE 500.00 in-out
product CASE 10.00 off
operator ana cashier
operator bob cashier

T1 sell CASE*1                                          -> no_shift
T1 close 0.00                                           -> no_shift
expect till T1 none
T1 open -0.01                                           -> amount_overflow
T1 open 100.00                                          -> applied
again                                                   -> duplicate
T1 open 100.00                                          -> shift_already_open
T2 open 30.00 by bob                                    -> applied
T1 stock-in PHONE A1..A4                                -> applied
expect till T1 open operator ana float 100.00 drawer 100.00 sales 0 shifts 1 receipts 0 first none

T1 sell PHONE*2 A1 A2 CASE*3 cash 1100.00               -> applied
T1 sell CASE*1 card 10.00 REF                           -> applied
T2 sell CASE*1                                          -> applied
T1 sell CASE*1 card 99.00 REF                           -> payment_too_much
expect till T1 drawer 1130.00 cash 1030.00 card 10.00 gross 1040.00 units 2 sales 2 first T1-3 last T1-4
expect till T2 drawer 40.00 sales 1 operator bob

# Another cashier may close; what was counted stands beside what should be there.
T1 close -1.00                                          -> amount_overflow
T1 close 1129.50 by bob                                 -> applied
again                                                   -> duplicate
expect closed T1 number T1-1 drawer 1130.00 counted 1129.50 sales 2 units 2 first T1-3 last T1-4
expect till T1 shut receipts 2 shifts 1
T1 close 0.00                                           -> no_shift
T1 sell CASE*1                                          -> no_shift

# Receipts are counted on; the sums begin anew.
T1 open 5.00 by bob                                     -> applied
T1 sell CASE*1                                          -> applied
expect till T1 open operator bob drawer 15.00 sales 1 receipts 3 shifts 2 first T1-6
expect closed T1 counted 1129.50
T1 close 0.00                                           -> applied
expect closed T1 number T1-5 drawer 15.00 counted 0.00

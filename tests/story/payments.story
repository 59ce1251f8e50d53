# Payment: exact, with change, split, on card and wallet with their references.

product CASE 10.00 off
operator ana cashier
T1 open 50.00                                           -> applied

T1 sell CASE*1 cash 10.00                               -> applied
T1 sell CASE*1 cash 50.00                               -> applied
T1 sell CASE*3 card 30.00 REF-1                         -> applied
T1 sell CASE*3 wallet 20.00 W-1 card 5.00 C-1 cash 6.00 -> applied
expect till T1 drawer 75.00 cash 25.00 card 35.00 wallet 20.00 gross 80.00 sales 4

T1 sell CASE*1 unpaid                                   -> payment_short "10.00 is still to be paid"
T1 sell CASE*1 cash 9.99                                -> payment_short "0.01"
T1 sell CASE*2 card 10.00 R cash 9.00                   -> payment_short "1.00"
T1 sell CASE*1 card 10.01 R                             -> payment_too_much "0.01 is too much"
T1 sell CASE*1 card 6.00 R wallet 6.00 W                -> payment_too_much "2.00"
T1 sell CASE*1 card 20.00 R cash 1.00                   -> payment_too_much
T1 sell CASE*1 card 10.00 ""                            -> payment_reference_missing
T1 sell CASE*1 wallet 10.00 "  "                        -> payment_reference_missing
T1 sell CASE*1 card 10.00 1234567890123456789012345678901234567890123456789012345678901234 -> applied
T1 sell CASE*1 card 10.00 12345678901234567890123456789012345678901234567890123456789012345 -> reference_too_long "64"
T1 sell CASE*1 cash -1.00 cash 11.00                    -> amount_overflow
T1 sell CASE*1 card -5.00 R cash 15.00                  -> amount_overflow

# Card to the cent and cash besides: the cash comes back.
T1 sell CASE*1 card 10.00 R cash 5.00                   -> applied
# A gift costs nothing and needs no payment.
product GIFT 0.00 off                                   -> applied
T1 sell GIFT*1                                          -> applied
T1 sell GIFT*1 cash 5.00                                -> applied

# The sums on the receipt must be those of its lines.
T1 sell CASE*1 cash 20.00 change 15.00                  -> amount_overflow
T1 sell CASE*1 total 1.00 cash 10.00                    -> amount_overflow
T1 sell CASE*1 cash 20.00 change -10.00                 -> amount_overflow
expect till T1 drawer 75.00 card 55.00 sales 8 receipts 8

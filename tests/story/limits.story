# Everything has a limit, and one step past it is a refusal.

product CASE 10.00 off
product GOLD 10000000000.00 off
product PHONE 500.00 in-out
operator sam supervisor
T1 open 0.00                                            -> applied

# Quantity: 1 to 9 999.
T1 sell CASE*0 unpaid                                   -> quantity_zero
T1 sell CASE*9999                                       -> applied
T1 sell CASE*10000 unpaid                               -> quantity_too_large "at most 9999"
T1 sell CASE*1000000000 unpaid                          -> quantity_too_large
T1 sell CASE*4294967295 unpaid                          -> quantity_too_large
T1 stock-in CASE*0                                      -> quantity_zero
T1 stock-in CASE*10000                                  -> quantity_too_large
T1 stock-in CASE*1000000000                             -> quantity_too_large
expect stock CASE main -9999

# Price: 0.00 to 10 000 million.
product GOLD 10000000000.01 off                         -> price_too_large "10000000000.00"
T1 sell CASE*1 price -0.01 unpaid                       -> price_too_large
T1 sell CASE*1 price 10000000000.01 unpaid              -> price_too_large
T1 sell CASE*1 price 92233720368547758.07 unpaid        -> price_too_large

# Totals: up to 10 million million.
T1 sell GOLD*1000                                       -> applied
T1 sell GOLD*1001 unpaid                                -> amount_overflow
T1 sell GOLD*9999 unpaid                                -> amount_overflow
T1 sell GOLD*1000 GOLD*1 unpaid                         -> amount_overflow
T1 sell GOLD*1000 CASE*1 price 0.01 unpaid              -> amount_overflow
T1 sell GOLD*1000 discount 10000000000000.00            -> applied
T1 sell GOLD*1000 CASE*1 price 0.01 discount 0.01       -> amount_overflow
T1 sell GOLD*600 discount 6000000000000.00 GOLD*600 discount 6000000000000.00 -> amount_overflow
T1 sell CASE*1 cash 10000000000000.01                   -> amount_overflow
T1 sell CASE*1 cash 9000000000000.00 cash 9000000000000.00 -> amount_overflow
T1 sell CASE*1 cash 92233720368547758.07                -> amount_overflow

# Lines: 1 to 200.
T1 sell unpaid                                          -> empty_sale
T1 sell CASE*1*200                                      -> applied
T1 sell CASE*1*201                                      -> too_many_lines "at most 200"

# A stock-in list: ten thousand units, ten thousand lines.
T1 stock-in PHONE*5000 A0001..A5000 PHONE*5000 B0001..B5000 -> applied
expect stock PHONE main 10000
T1 stock-in PHONE*5000 C0001..C5000 PHONE*5001 D0001..D5001 -> too_many_lines "10000"
T1 stock-in CASE*1*10000                                -> applied
T1 stock-in CASE*1*10001                                -> too_many_lines

# A till: what was paid in a day may pass what one sale may cost, and is not wrapped.
T1 open 10000000000000.00                               -> shift_already_open
T2 open 10000000000000.01                               -> amount_overflow
T2 open 10000000000000.00                               -> applied
T2 close 10000000000000.01                              -> amount_overflow
T2 close 10000000000000.00                              -> applied
expect closed T2 drawer 10000000000000.00

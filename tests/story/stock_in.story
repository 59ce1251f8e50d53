# The manual stock-in list: all of it or nothing.

product PHONE 500.00 in-out "Pixel 9"
product WATCH 200.00 in-out "Watch"
product CABLE 5.00 out
product CASE 10.00 off
operator pia picker

T1 stock-in                                             -> empty_sale
T1 stock-in PHONE A1 A2 WATCH*1 A1 CASE*50              -> applied
expect stock PHONE main 2
expect stock WATCH main 1
expect stock CASE main 50
expect unit WATCH A1 in-stock good came T1-1

# Neither twice in one list nor a second time at all; the good units of a bad list stay out as well.
T1 stock-in PHONE A3 A3                                 -> already_in_stock "A3 of Pixel 9"
T1 stock-in PHONE*1 A3 CASE*1 PHONE*1 A3                -> already_in_stock
T1 stock-in PHONE A4 A5 A1                              -> already_in_stock "A1 of Pixel 9"
expect unit PHONE A4 none
expect stock PHONE main 2
T1 stock-in PHONE A1 at depot                           -> already_in_stock
again                                                   -> already_in_stock

# Case and zeros matter.
T1 stock-in PHONE a1 A01 001 1                          -> applied
expect unit PHONE 001 in-stock
expect stock PHONE main 6

# Sold before: it comes back by a return, not by a list.
operator ana cashier                                    -> applied
T1 open 0.00 by ana                                     -> applied
T1 sell PHONE*1 A1 CABLE*1 C1 by ana                    -> applied
T1 stock-in PHONE A1                                    -> already_sold "document T1-4"
T1 stock-in CABLE C1                                    -> already_sold "document T1-4"

# Serials are welcome under every policy, and counted.
T1 stock-in CASE*3 X1 X2                                -> applied
T1 stock-in CASE*1 X3 X4                                -> serials_too_many
T1 stock-in CABLE*5 C2                                  -> applied

# Defective units, and other warehouses, are not offered to a sale here.
T1 stock-in PHONE D1 defective                          -> applied
expect unit PHONE D1 in-stock defective
T1 sell PHONE*1 D1 by ana                               -> defective_unit "D1 is marked defective"
T1 stock-in PHONE W1 at depot                           -> applied
expect unit PHONE W1 at depot in-stock
expect stock PHONE depot 1
T1 sell PHONE*1 W1 by ana                               -> other_warehouse "W1 belongs to warehouse depot"
T1 sell PHONE*1 W1 at depot by ana                      -> applied
expect stock PHONE depot 0

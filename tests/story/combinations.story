# A combination stands for several goods: it bears no serial, its parts keep their own policies.

product PHONE 500.00 in-out "Pixel 9"
product CABLE 5.00 out "USB-C cable"
product CASE 10.00 off
combination SET 505.00 PHONE*1 CASE*2 "Starter set"
combination DUO 900.00 PHONE*2 CABLE*1 "Two phones"
operator ana cashier
T1 open 0.00                                            -> applied
T1 stock-in PHONE A1..A9 CASE*20                        -> applied

# Stock moves by parts, price by the combination.
T1 sell SET*1 PHONE:A1                                  -> applied
expect stock PHONE main 8
expect stock CASE main 18
expect stock SET main none
expect till T1 gross 505.00 units 1
T1 sell DUO*1 PHONE:A2 PHONE:A3 CABLE:C1                -> applied
T1 sell DUO*2 PHONE:A4..A7                              -> applied
expect stock PHONE main 2
expect stock CABLE main -3

# Each part is asked for by its own policy and counted by its own quantity.
T1 sell SET*1                                           -> serials_missing "Pixel 9 needs 1"
T1 sell SET*2 PHONE:A8                                  -> serials_missing "Pixel 9 needs 2 serial numbers, 1"
T1 sell SET*1 PHONE:A8 PHONE:A9                         -> serials_too_many
T1 sell SET*1 S1                                        -> combination_has_no_serial "Starter set"
T1 sell SET*1 PHONE:A8 CABLE:C9                         -> wrong_sku "C9 is a unit of USB-C cable, not of Starter set"
T1 sell SET*1 PHONE:A1                                  -> already_sold
T1 sell SET*1 PHONE:A8 PHONE*1 A8                       -> duplicate_in_sale
T1 sell DUO*1 PHONE:A8 PHONE:A9 CABLE:C1                -> already_sold
T1 stock-in SET*1                                       -> combination_has_no_serial

# Combinations are one level deep.
combination BOX 950.00 SET*1 CABLE*1                    -> combination_has_no_serial "Starter set"
combination SELF 1.00 CASE*1                            -> applied
combination SELF 1.00 SELF*1                            -> combination_has_no_serial
expect product SELF CASE*1
combination CASE 10.00 CABLE*1                          -> applied
T1 sell SET*1 PHONE:A8                                  -> combination_has_no_serial "CASE"
product CASE 10.00 off                                  -> applied
T1 sell SET*1 PHONE:A8                                  -> applied

# A part named twice is one part of both quantities; one that is not in the catalogue cannot be sold.
combination PAIR 900.00 PHONE*1 CASE*1 PHONE*1          -> applied
expect product PAIR PHONE*2 CASE*1
combination GHOST 9.00 PEN*1                            -> applied
T1 sell GHOST*1                                         -> unknown_sku "PEN"
combination NONE 9.00 CASE*0                            -> quantity_zero
combination MANY 9.00 CASE*10000                        -> quantity_too_large

# Who may do what, alone or with another's PIN; prices and discounts.

product PHONE 500.00 in-out "Pixel 9"
product CASE 10.00 off "Bumper case"
combination SET 505.00 CASE*2
operator ana cashier
operator pia picker
operator sam supervisor
operator max admin
operator eve supervisor inactive

# A shift and a sale need a cashier; stock-in anybody who is known.
T1 open 100.00 by pia                                   -> not_permitted "You may not sell"
T1 open 100.00 by nobody                                -> not_permitted
T1 open 100.00 by eve                                   -> not_permitted
T1 open 100.00 by pia ok-by ana                         -> applied
T1 sell CASE*1 by pia                                   -> not_permitted
T1 sell CASE*1 by sam                                   -> applied
T1 sell CASE*1 by max                                   -> applied
T1 stock-in PHONE A1 by pia                             -> applied
T1 stock-in PHONE A2 by nobody                          -> not_permitted "receive stock"
T1 stock-in PHONE A2 by eve                             -> not_permitted

# Another price, up or down, needs a supervisor: as the actor or beside them.
T1 sell CASE*1 price 9.00                               -> not_permitted "change a price"
T1 sell CASE*1 price 11.00                              -> not_permitted
T1 sell CASE*1 price 9.00 ok-by pia                     -> not_permitted
T1 sell CASE*1 price 9.00 ok-by ana                     -> not_permitted
T1 sell CASE*1 price 9.00 ok-by eve                     -> not_permitted
T1 sell CASE*1 price 9.00 ok-by nobody                  -> not_permitted
T1 sell CASE*1 price 9.00 ok-by sam                     -> applied
T1 sell CASE*1 price 0.00 by sam                        -> applied
T1 sell SET*1 price 500.00                              -> not_permitted
expect till T1 gross 29.00 discounts 0.00

# So does a discount, which is off the whole line and on as many lines as one likes.
T1 sell CASE*1 discount 1.00                            -> not_permitted "give a discount"
T1 sell CASE*1 CASE*1 discount 1.00                     -> not_permitted
T1 sell CASE*1 discount -1.00                           -> discount_too_large
T1 sell CASE*1 discount 10.01 ok-by sam                 -> discount_too_large
T1 sell CASE*3 discount 30.00 ok-by sam                 -> applied
T1 sell CASE*3 discount 5.00 SET*1 discount 5.00 ok-by sam -> applied
T1 sell CASE*2 price 8.00 discount 1.00 ok-by sam       -> applied
expect till T1 gross 610.00 discounts 41.00 cash 569.00

# The list price must be that of the catalogue: a changed one sends the cashier back to the line.
T1 sell CASE*1 list 9.00 price 9.00                     -> price_differs "Bumper case"
T1 sell CASE*1 list 9.00 price 10.00 ok-by sam          -> price_differs
product CASE 12.00 off                                  -> applied
T1 sell CASE*1 list 10.00 price 10.00                   -> price_differs
T1 sell CASE*1                                          -> applied

# The catalogue and the people belong to the admin; on the hub's own word they change without one.
T1 product CASE 13.00 off by sam                        -> not_permitted "edit the catalogue"
T1 product CASE 13.00 off by max                        -> applied
T1 operator joe cashier by sam                          -> not_permitted
T1 settings serial-control off by sam                   -> not_permitted
T1 settings serial-control off by max                   -> applied
product CASE -0.01 off                                  -> price_too_large

# Takes awsenv's hook out of this elvish: the environment, the lists of functions and the names are as they were before, but
# for what others did to the lists meanwhile.
nop ?(eval '_awsenv_remove')

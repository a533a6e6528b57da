# scep

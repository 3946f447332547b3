import numpy as np
def prosody(samples):
    n=int(np.floor(len(samples)/640+.5)); return np.zeros((n,3),np.float32)

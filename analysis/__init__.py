"""Events → frames → measures → comparisons → figures."""

import pyarrow as pa

pa.set_memory_pool(pa.system_memory_pool())  # it grows long texts by moving pages, where Arrow's own copies them

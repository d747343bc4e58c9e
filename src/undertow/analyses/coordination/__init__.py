"""Who acts together, beyond chance: co-action counting, its significance, groups, and the published baselines."""

"""The published baselines, rule by rule, beside which Undertow's own significance is shown."""

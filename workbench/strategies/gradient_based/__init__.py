"""What gradient-based search is made of: the parts of ``DifferentiableSearch``.

- ``alpha_gradient``: the gradient of α, first and second order · ``descent``: the steps of a run
- ``relaxations``: how mixing weights are drawn from α · ``perturbation``: mixtures shaken (SDARTS)
- ``stopping``: when a search ends early · ``curvature``: the dominant eigenvalue of a Hessian
"""

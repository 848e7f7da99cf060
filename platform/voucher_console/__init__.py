"""The officers' console: pages over the contract, for any platform. It keeps nothing of the business."""

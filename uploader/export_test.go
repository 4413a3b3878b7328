package uploader

// Obstacle is obstacle for tests.
var Obstacle = obstacle

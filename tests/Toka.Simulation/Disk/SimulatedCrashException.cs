namespace Toka.Simulation.Disk;

/// <summary>The process is gone: nothing that it does from here on reaches the disk.</summary>
internal sealed class SimulatedCrashException() : Exception("the simulated process died");

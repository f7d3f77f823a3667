//! A relay that makes a server look as far away as another machine.
//!
//! It uses threads that sleep: the timer of the asynchronous runtime rounds to milliseconds.

use std::{
    io::{self, Read as _, Write as _},
    net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

/// One request and its response. Opening a connection takes as long, and each exchange of a TLS handshake.
pub(crate) const ROUND_TRIP: Duration = Duration::from_millis(4);

/// Puts a server at a distance. Returns the address to connect to. The relay lasts as long as this process.
pub(super) fn from(server: SocketAddr) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let opened = Instant::now() + ROUND_TRIP;
            // The client sees that its connection is closed.
            let _ = relay(client, server, opened);
        }
    });
    Ok(address)
}

fn relay(client: TcpStream, server: SocketAddr, opened: Instant) -> io::Result<()> {
    let server = TcpStream::connect(server)?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    carry(client.try_clone()?, server.try_clone()?, opened);
    carry(server, client, opened);
    Ok(())
}

/// Carries bytes one way, each half a round trip later.
fn carry(mut from: TcpStream, mut to: TcpStream, opened: Instant) {
    let (sender, receiver) = mpsc::channel::<(Instant, Vec<u8>)>();
    thread::spawn(move || {
        let mut buffer = vec![0; 64 * 1_024];
        while let Ok(length) = from.read(&mut buffer) {
            let due = Instant::now().max(opened) + ROUND_TRIP / 2;
            if length == 0 || sender.send((due, buffer[..length].to_vec())).is_err() {
                break;
            }
        }
    });
    thread::spawn(move || {
        for (due, bytes) in receiver {
            thread::sleep(due.saturating_duration_since(Instant::now()));
            if to.write_all(&bytes).is_err() {
                break;
            }
        }
        // It may be closed already.
        let _ = to.shutdown(Shutdown::Both);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opening_and_asking_take_two_round_trips_and_asking_again_takes_one() {
        let echo = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = from(echo.local_addr().unwrap()).unwrap();
        thread::spawn(move || {
            let (mut connection, _) = echo.accept().unwrap();
            let mut byte = [0];
            while connection.read_exact(&mut byte).is_ok() {
                connection.write_all(&byte).unwrap();
            }
        });
        let begin = Instant::now();
        let mut client = TcpStream::connect(address).unwrap();
        for trips in [2, 3] {
            client.write_all(&[trips]).unwrap();
            client.read_exact(&mut [0]).unwrap();
            // No upper bound: the machine may be busy.
            assert!(begin.elapsed() >= ROUND_TRIP * u32::from(trips));
        }
    }
}

"""Ports: who decides, who is named when one is taken."""

import os
import socket
import unittest

from crimestack import ports
from crimestack.errors import StackError


def choose(mode=None, given=None, remembered=None, running=(), environment=None):
    reservation = ports.Reservation()
    try:
        return ports.choose(mode, given or {}, remembered or {}, reservation, running, environment or {})
    finally:
        reservation.release()


class Choosing(unittest.TestCase):
    def test_usual_ports_are_the_default(self):
        self.assertEqual(choose()["KAFKA_PORT"], 9092)
        self.assertEqual(choose()["POSTGRES_PORT"], 5432)

    def test_a_flag_beats_the_environment_beats_what_was(self):
        remembered = {"KAFKA_PORT": 1001, "FLINK_PORT": 1002, "POSTGRES_PORT": 1003}
        environment = {"KAFKA_PORT": "2001", "FLINK_PORT": "2002"}
        chosen = choose(None, {"KAFKA_PORT": "3001"}, remembered, environment=environment)
        self.assertEqual((chosen["KAFKA_PORT"], chosen["FLINK_PORT"], chosen["POSTGRES_PORT"]), (3001, 2002, 1003))

    def test_the_usual_ports_again_if_asked_for(self):
        self.assertEqual(choose("default", remembered={"KAFKA_PORT": 1001})["KAFKA_PORT"], 9092)

    def test_free_ones_are_free_and_distinct(self):
        chosen = choose("free")
        self.assertEqual(len(set(chosen.values())), len(ports.PORTS))
        self.assertTrue(all(ports.is_free(port) for port in chosen.values()))

    def test_free_ones_stay_what_they_were(self):
        first = choose("free")
        self.assertEqual(choose("free", remembered=first), first)

    def test_a_running_server_keeps_its_port(self):
        first = choose("free")
        with listening(first["KAFKA_PORT"]):
            self.assertEqual(choose("free", remembered=first, running={"kafka"}), first)
            self.assertNotEqual(choose("free", remembered=first)["KAFKA_PORT"], first["KAFKA_PORT"])

    def test_what_is_no_port_is_refused_with_its_name(self):
        for text in ("abc", "0", "65536", "-1"):
            with self.assertRaisesRegex(StackError, "ELASTICSEARCH_PORT .*--elasticsearch-port"):
                choose(environment={"ELASTICSEARCH_PORT": text})

    def test_two_servers_on_one_port_are_refused(self):
        with self.assertRaisesRegex(StackError, "KAFKA_PORT and POSTGRES_PORT are both 5432"):
            choose(environment={"KAFKA_PORT": "5432"})


class Taken(unittest.TestCase):
    def test_says_which_port_and_who_has_it(self):
        chosen = choose("free")
        with listening(chosen["FLINK_PORT"]):
            with self.assertRaises(StackError) as caught:
                ports.check_free(chosen, {"jobmanager", "kafka"})
        first, advice = str(caught.exception).splitlines()
        self.assertRegex(first, f"port {chosen['FLINK_PORT']} .*FLINK_PORT.* is taken by pid {os.getpid()} ")
        self.assertIn("--flink-port", advice)

    def test_only_servers_that_start_need_theirs(self):
        chosen = choose("free")
        with listening(chosen["FLINK_PORT"]):
            ports.check_free(chosen, {"kafka", "postgres"})

    def test_what_we_hold_ourselves_is_not_taken(self):
        reservation = ports.Reservation()
        chosen = ports.choose("free", {}, {}, reservation, environment={})
        ports.check_free(chosen, {"kafka"}, reservation)
        self.assertFalse(ports.is_free(chosen["KAFKA_PORT"]))
        reservation.release()
        self.assertTrue(ports.is_free(chosen["KAFKA_PORT"]))


def listening(port):
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind((ports.LOOPBACK, port))
    server.listen(1)
    return server


if __name__ == "__main__":
    unittest.main()
